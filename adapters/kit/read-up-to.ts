/** Reads the body of a response into memory. Throws `tooLarge` as soon as more than `maxBytes` bytes have arrived. */
export async function readUpTo(response: Response, maxBytes: number, tooLarge: Error): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
