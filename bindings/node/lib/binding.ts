// The native half: found once, or it is said why not and what to do.

import type * as Native from '../native/index';
import { NoBinary } from './errors';

/** What the native half exports. */
export type Binding = typeof Native;
export type { Engine, Emulator, Plan } from '../native/index';

/** The systems that there may be a binary for here, as the files and packages are called. */
function systems(): string[] {
  const { platform, arch } = process;
  // Which C library it is can be asked, but that takes longer than to try: only one of them loads.
  return platform === 'linux' ? [`linux-${arch}-gnu`, `linux-${arch}-musl`] : [`${platform}-${arch}`];
}

/** `load` is `require`, or what a test takes for it. @internal */
export function find(load: (path: string) => unknown): Binding {
  const tried: string[] = [];
  for (const system of systems()) {
    // From a checkout or a package that was packed from one; then from a package for this system.
    for (const path of [`../native/zaloxide.${system}.node`, `zaloxide-${system}`]) {
      try {
        return load(path) as Binding;
      } catch (error) {
        const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
        tried.push(`  ${path}: ${missing ? 'not there' : (error as Error).message}`);
      }
    }
  }
  const system = systems()[0] ?? '';
  throw new NoBinary(
    [
      `zaloxide has no binary for ${process.platform} on ${process.arch}, Node ${process.version}:`,
      ...tried,
      `Install it again without --omit=optional, so that the package zaloxide-${system} comes with it;`,
      'or, with Rust, build it from a checkout: npm install ./bindings/node',
    ].join('\n'),
  );
}

export const binding: Binding = find(require);
