// Where the repository is: these tests also run from a copy that has an installed package beside it.

import { fileURLToPath } from 'node:url';

export const ROOT = process.env.ZALOXIDE_ROOT ?? fileURLToPath(new URL('../../..', import.meta.url));
