import { prepareSeed } from './world';

export default function globalSetup(): void {
  prepareSeed();
}
