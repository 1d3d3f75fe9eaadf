import type { Health } from "../../ports/health.js";
import type { ModelGateway } from "../../ports/model-gateway.js";

/** A gateway, and the beginning of the paths that are its own on every agent's socket. */
export interface RoutedGateway {
  /** Begins and ends with `/`; `/` alone takes every request that no longer prefix takes. */
  prefix: string;
  gateway: ModelGateway;
}

/**
 * Serves several providers on one socket: a request goes to the gateway with the longest prefix of its path. A path without a gateway is refused (403).
 * The token, the slots of its gateway and the budgets are the agent's, whichever gateway it calls.
 */
export function createModelRoutes(gateways: readonly RoutedGateway[]): ModelGateway {
  const byLength = [...gateways].sort((a, b) => b.prefix.length - a.prefix.length);
  return {
    async handle(request, caller) {
      const { pathname } = new URL(request.url);
      const found = byLength.find(({ prefix }) => pathname.startsWith(prefix));
      return found ? found.gateway.handle(request, caller) : refuseRoute();
    },
    async check() {
      const healths = await Promise.all(gateways.map(({ gateway }) => gateway.check()));
      const details = healths.flatMap(({ ok, detail }: Health) => (ok ? [] : [detail ?? "A model provider fails."]));
      return details.length === 0 ? { ok: true } : { ok: false, detail: details.join(" ") };
    },
  };
}

/** In a form that clients of every provider can read. */
function refuseRoute(): Response {
  const message = "Parley's model gateway: no provider is served at this path. Nothing was sent to a model.";
  const error = { type: "permission_error", message, param: null, code: null };
  return Response.json({ type: "error", error }, { status: 403, headers: { "x-should-retry": "false" } });
}
