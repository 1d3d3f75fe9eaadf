/**
 * The chunks of a body until it ends or the signal fires; then it throws the signal's reason. The signal given to `fetch`
 * is not enough: in Node 20 it no longer ends a body once memory was tidied.
 */
export async function* chunksOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  // Closing the connection is all there is to it: why that fails is nothing to anybody.
  const end = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** The whole body as text. */
export async function textOf(response: Response, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(response, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
