/** How much of the inputs and results of tools one turn still keeps. Immutable. */
export interface DetailAllowance {
  /** Id of the current turn; empty before the first. */
  readonly turnId: string;
  /** UTF-8 bytes of inputs and results in the journal. */
  readonly detailBytes: number;
  /** Bytes of results stored whole. */
  readonly blobBytes: number;
}

/** Most bytes of inputs and results in the journal per turn; from then on each keeps `maxLeanBytes`, so that a turn of 10,000 tools fits its record. */
export const maxDetailBytes = 4 * 1_024 * 1_024;
/** Most bytes of one input or result in the journal. */
export const maxDetailTextBytes = 16 * 1_024;
/** Most bytes of one input or result of a turn that has used its allowance. */
export const maxLeanBytes = 128;
/** Most bytes of results that are stored whole per turn. Journal (16 MiB) and results together stay under 20 MB. */
export const maxBlobBytes = 3 * 1_024 * 1_024;

/** Before the first turn. */
export const freshDetails: DetailAllowance = { turnId: "", detailBytes: 0, blobBytes: 0 };

/** The allowance of this turn; a new turn begins with all of it. */
export function inTurn(allowance: DetailAllowance, turnId: string): DetailAllowance {
  return allowance.turnId === turnId ? allowance : { ...freshDetails, turnId };
}

/** Most bytes the next input or result may have in the journal. */
export function nextDetailBytes({ detailBytes }: DetailAllowance): number {
  return detailBytes >= maxDetailBytes
    ? maxLeanBytes
    : Math.min(maxDetailTextBytes, maxDetailBytes - detailBytes + maxLeanBytes);
}

/** Whether a result of so many bytes is still stored whole. */
export function hasRoomForBlob({ blobBytes }: DetailAllowance, bytes: number): boolean {
  return blobBytes + bytes <= maxBlobBytes;
}

/** The allowance after an input or result of `bytes` was put into the journal, and `stored` bytes were stored beside it. */
export function detailKept(
  allowance: DetailAllowance,
  { bytes, stored = 0 }: { bytes: number; stored?: number },
): DetailAllowance {
  const { detailBytes, blobBytes } = allowance;
  return { ...allowance, detailBytes: detailBytes + bytes, blobBytes: blobBytes + stored };
}
