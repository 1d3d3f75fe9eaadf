import { request as httpRequest } from "node:http";
import { type Attacker, again, anyUrl } from "./attack.js";

/** Sends a request under any name: fetch sets Host itself. */
function requestAs(url: string, host: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const sent = httpRequest(url, { headers: { host, origin: `http://${host}` }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", () => resolve({ status: 0, text: "" }));
    sent.end();
  });
}

/** A page of another name that now leads to Parley, in a browser of this machine. */
export const pageRebinds: Attacker = (attack) =>
  again(
    attack.over,
    async () => {
      const url = anyUrl(attack);
      const { port } = new URL(url);
      for (const path of ["/api/health", "/api/config", "/metrics", "/api/rooms"]) {
        const { status, text } = await requestAs(`${url}${path}`, `evil.example:${port}`);
        attack.secrets.see(`page/${path}`, text);
        // Whether Parley is healthy is told to any proxy, and nothing more.
        const isBare = path === "/api/health" && !text.includes("detail");
        if (status === 200 && !isBare) attack.wrong(`a page under another name reads ${path}: ${text.slice(0, 200)}`);
        attack.refuse(`page under another name: ${status}`);
      }
      const { status } = await requestAs(`${url}/api/health`, `localhost:${port}`);
      if (status === 200) attack.allow("a page under Parley's own name");
    },
    500,
  );
