import type { SDKUserMessage } from "@anthropic-ai/claude-agent-sdk";

/** Prompts on their way into a session, one after another as they come. */
export interface PromptFeed {
  messages: AsyncIterable<SDKUserMessage>;
  push(message: SDKUserMessage): void;
  end(): void;
}

export function createPromptFeed(): PromptFeed {
  const waiting: SDKUserMessage[] = [];
  let isEnded = false;
  let wake = () => {};

  async function* read(): AsyncGenerator<SDKUserMessage, void> {
    while (!isEnded) {
      yield* waiting.splice(0);
      if (isEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0) resolve();
      });
    }
  }

  return {
    messages: read(),
    push(message) {
      waiting.push(message);
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
  };
}
