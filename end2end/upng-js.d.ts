// The part of the library that screenshots.ts uses.
declare module 'upng-js' {
  type Image = { width: number; height: number };
  const UPNG: {
    decode(png: ArrayBuffer): Image;
    toRGBA8(image: Image): ArrayBuffer[];
    /** `colours`: 0 for all of them. */
    encode(frames: ArrayBuffer[], width: number, height: number, colours: number): ArrayBuffer;
  };
  export default UPNG;
}
