/** For a trial: an adapter that takes the whole process with it when it reads certain words. */
import type { Pipeline } from '../../../src/pipeline/processor.ts';
import type { Reader } from '../../../src/pipeline/read.ts';
import { answering } from '../../support/processors.ts';

export const pipeline: Pipeline = {
  validate: [],
  normalize: [],
  process: [],
  enrich: [],
  ai: [answering('reply', () => 'Hello there.')],
};

export const read = (reader: Reader): Reader => ({
  parse(request) {
    if (Buffer.from(request.body).includes('end it all')) {
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    }
    return reader.parse(request);
  },
});
