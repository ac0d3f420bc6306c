/** Recordings from a folder of JSON files, one each. */
import { AssertionError } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { InboundEvent } from '../message/event.ts';
import type { Recording, Subject } from './subject.ts';

const RecordingFile = z.strictObject({
  name: z.string().min(1),
  request: z.strictObject({
    method: z.enum(['GET', 'POST']).optional(),
    query: z.record(z.string(), z.string()).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.json().optional(),
    unsigned: z.boolean().optional(),
  }),
  events: z.array(z.json()),
});

/** All `*.json` of a folder, by name. A file that is no recording is an error: it would test nothing. */
export function readRecordings(folder: URL): readonly Recording[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.json'));
  return names.sort().map(name => readRecording(new URL(name, ensureSlash(folder))));
}

const ensureSlash = (folder: URL): URL => (folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`));

function readRecording(file: URL): Recording {
  const read = RecordingFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!read.success)
    throw new AssertionError({
      message: `${file.pathname} is no recording: ${z.prettifyError(read.error)}`,
    });
  const { name, request, events } = read.data;
  // The events are compared with what the adapter makes, which is checked against their schema.
  return { name, request: present(request), events: events as unknown as readonly InboundEvent[] };
}

const present = (request: z.output<typeof RecordingFile>['request']): Recording['request'] =>
  Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));

const folders = new WeakMap<URL, readonly Recording[]>();

/** The subject's recordings, read once. */
export function recordingsOf(subject: Subject): readonly Recording[] {
  if (!(subject.recordings instanceof URL)) return subject.recordings;
  const known = folders.get(subject.recordings);
  if (known !== undefined) return known;
  const read = readRecordings(subject.recordings);
  folders.set(subject.recordings, read);
  return read;
}
