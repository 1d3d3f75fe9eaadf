import type { Hono } from "hono";
import { plainQuery } from "../../protocol/fields.js";
import { runtimeList } from "../../protocol/runtimes.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { readQuery } from "../input.js";

/** It says nothing about any room, so it takes no token. */
export function runtimeRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/runtimes", (c) => {
    readQuery(c, plainQuery);
    return answer(c, runtimeList, { runtimes: deps.runtimes() });
  });
}
