import type { Hono } from "hono";
import { drawFace } from "../../core/face/draw.js";
import { parseFaceFile } from "../../core/face/face.js";
import type { AppEnv } from "../deps.js";
import { pngOf } from "../png.js";
import { HttpProblemError } from "../problem.js";

/** The address says all there is to the picture, so it never changes; chat platforms may show it and keep it. */
const headers = {
  "Content-Type": "image/png",
  "Cache-Control": "public, max-age=31536000, immutable",
  "Content-Security-Policy": "default-src 'none'",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "X-Content-Type-Options": "nosniff",
};

/** Pictures of agents, for chat platforms and everybody else: they tell a number and initials, and take no token. */
export function faceRoutes(app: Hono<AppEnv>): void {
  app.get("/faces/:file", (c) => {
    const face = parseFaceFile(c.req.param("file"));
    if (!face) throw new HttpProblemError({ code: "not_found", detail: "There is no such picture." });
    const png = pngOf(drawFace(face));
    return c.body(png, 200, { ...headers, "Content-Length": String(png.length) });
  });
}
