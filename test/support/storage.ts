/** The embedded storage on a folder, for tests that look at what is in it. */
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../../src/storage/embedded/open.ts';

export const openStorage = (dir: string, over: Partial<EmbeddedOptions> = {}): Promise<Embedded> =>
  openEmbedded({
    dir,
    maxSegmentBytes: 1e6,
    maxPendingBytes: 1e6,
    onDurable: () => {},
    onLost: error => {
      throw error;
    },
    ...over,
  });
