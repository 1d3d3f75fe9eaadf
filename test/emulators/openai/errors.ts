/** A refusal as the vendor words it (guide "Error codes"). */
export class OpenAiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;

  constructor(
    message: string,
    more: { status?: number; type?: string; code?: string | null; param?: string | null } = {},
  ) {
    super(message);
    this.name = "OpenAiError";
    this.status = more.status ?? 400;
    this.type = more.type ?? "invalid_request_error";
    this.code = more.code ?? null;
    this.param = more.param ?? null;
  }
}

export const errorBody = ({ message, type, param, code }: OpenAiError): object => ({
  error: { message, type, param, code },
});

/** The errors that an API gives for reasons of its own, by status. */
const OWN: Readonly<Record<number, { type: string; code: string | null; message: string }>> = {
  400: { type: "invalid_request_error", code: null, message: "Invalid request." },
  401: { type: "invalid_request_error", code: "invalid_api_key", message: "Incorrect API key provided." },
  403: {
    type: "invalid_request_error",
    code: "unsupported_country_region_territory",
    message: "Country, region, or territory not supported",
  },
  404: { type: "invalid_request_error", code: "model_not_found", message: "The model does not exist." },
  429: { type: "requests", code: "rate_limit_exceeded", message: "Rate limit reached for requests." },
  500: { type: "server_error", code: null, message: "The server had an error while processing your request." },
  503: { type: "server_error", code: "server_is_overloaded", message: "Our servers are currently overloaded." },
};

export const ownError = (status: number, message?: string): OpenAiError => {
  const own = OWN[status] ?? { type: "server_error", code: null, message: "Error" };
  return new OpenAiError(message ?? own.message, { ...own, status });
};
