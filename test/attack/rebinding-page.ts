import { request as httpRequest } from "node:http";
import { type Attacker, again, anyUrl } from "./attack.js";

/** Sends a request with any Host header; fetch does not allow that. */
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

/** A page in a browser of this machine whose host name was rebound to Parley. */
export const pageRebinds: Attacker = (attack) =>
  again(
    attack.over,
    async () => {
      const url = anyUrl(attack);
      const { port } = new URL(url);
      for (const path of ["/api/health", "/api/config", "/metrics", "/api/rooms"]) {
        const { status, text } = await requestAs(`${url}${path}`, `evil.example:${port}`);
        attack.secrets.see(`page/${path}`, text);
        // Any proxy may ask whether Parley is healthy, and learns nothing more.
        const isBare = path === "/api/health" && !text.includes("detail");
        if (status === 200 && !isBare) attack.wrong(`a page under another name reads ${path}: ${text.slice(0, 200)}`);
        attack.refuse(`page under another name: ${status}`);
      }
      const { status } = await requestAs(`${url}/api/health`, `localhost:${port}`);
      if (status === 200) attack.allow("a page under Parley's own name");
    },
    500,
  );
