import type { Hono } from "hono";
import { plainQuery } from "../../protocol/fields.js";
import { roleList } from "../../protocol/roles.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { readQuery } from "../input.js";

/** It says nothing about any room, so it takes no token. */
export function roleRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/api/roles", (c) => {
    readQuery(c, plainQuery);
    return answer(c, roleList, { roles: deps.roles() });
  });
}
