/** A viewer's stream as a stranger would read it. */
export interface Stream {
  types(): string[];
  frames(): readonly Record<string, unknown>[];
  close(): void;
}

export async function openStream(url: string, token: string): Promise<Stream> {
  const ended = new AbortController();
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: ended.signal });
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status}`);
  const frames: Record<string, unknown>[] = [];
  void read(response.body, frames).catch(() => {});
  return {
    types: () => frames.map(({ type }) => String(type)),
    frames: () => frames,
    close: () => ended.abort(),
  };
}

async function read(body: ReadableStream<Uint8Array>, frames: Record<string, unknown>[]): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.split("\n").find((candidate) => candidate.startsWith("data: "));
      if (line) frames.push(JSON.parse(line.slice(6)) as Record<string, unknown>);
    }
  }
}
