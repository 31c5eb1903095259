import { prepare } from './world';

export default function globalSetup(): void {
  prepare();
}
