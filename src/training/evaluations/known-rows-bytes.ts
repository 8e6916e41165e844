import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { KnownRows } from '../../ml/known-rows/known-rows.ts';
import { shuffleBytes, unshuffleBytes } from './byte-shuffle.ts';

/** Incremented with every change of the format. */
const VERSION = 1;

const HEADER_BYTES = 8;

/** Upper bound of the unpacked size: four bytes for each of two million rows, and the header. */
const MAX_UNPACKED_BYTES = 4 * 2_000_000 + HEADER_BYTES;

/** A version byte; then, compressed, the share of rows that are alike by chance and the distances between the ascending hashes. */
export function packKnownRows({ hashes, duplicateShare }: KnownRows): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeDoubleLE(duplicateShare);
  const steps = hashes.map((hash, i) => hash - (i === 0 ? 0 : hashes[i - 1]!));
  const packed = zstdCompressSync(Buffer.concat([header, shuffleBytes(steps, 4)]), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), packed]));
}

/** Unpacks them; null for an unknown version. Throws for corrupt bytes. */
export function unpackKnownRows(bytes: Uint8Array): KnownRows | null {
  if (bytes[0] !== VERSION) return null;
  const unpacked = zstdDecompressSync(bytes.subarray(1), { maxOutputLength: MAX_UNPACKED_BYTES });
  const hashes = new Uint32Array(unshuffleBytes(unpacked.subarray(HEADER_BYTES), 4).buffer);
  for (let i = 1; i < hashes.length; i++) hashes[i] = hashes[i - 1]! + hashes[i]!;
  return { hashes, duplicateShare: unpacked.readDoubleLE(0) };
}
