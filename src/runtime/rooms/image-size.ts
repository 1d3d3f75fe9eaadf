/** Width and height of a picture in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** The size in the head of a PNG, JPEG, GIF or WebP; undefined for anything else and for a head that is cut off. */
export function readImageSize(bytes: Uint8Array): ImageSize | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    if (data.subarray(0, 8).equals(pngMark)) return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
    const mark = data.toString("latin1", 0, 6);
    if (mark === "GIF87a" || mark === "GIF89a") return { width: data.readUInt16LE(6), height: data.readUInt16LE(8) };
    if (data.readUInt16BE(0) === 0xffd8) return readJpeg(data);
    if (mark.startsWith("RIFF") && data.toString("latin1", 8, 12) === "WEBP") return readWebp(data);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const pngMark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Markers within the range of frame headers (C0 to CF) that are none. */
const noFrame = [0xc4, 0xc8, 0xcc];

/** Goes from segment to segment to the frame header (ITU T.81, B.2.2). */
function readJpeg(data: Buffer): ImageSize | undefined {
  let at = 2;
  while (data.readUInt8(at) === 0xff) {
    const marker = data.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && !noFrame.includes(marker))
      return { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) };
    at += 2 + data.readUInt16BE(at + 2);
  }
  return undefined;
}

/** Simple, lossless and extended form (RFC 9649). */
function readWebp(data: Buffer): ImageSize | undefined {
  const form = data.toString("latin1", 12, 16);
  if (form === "VP8 ") return { width: data.readUInt16LE(26) & 0x3fff, height: data.readUInt16LE(28) & 0x3fff };
  if (form === "VP8L") {
    const bits = data.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (form === "VP8X") return { width: data.readUIntLE(24, 3) + 1, height: data.readUIntLE(27, 3) + 1 };
  return undefined;
}
