/** Error types of the Messages API and the status each one travels with. */
export const STATUS_BY_ERROR_TYPE = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  overloaded_error: 529,
} as const;

export type ApiErrorType = keyof typeof STATUS_BY_ERROR_TYPE;
export type ApiErrorStatus = (typeof STATUS_BY_ERROR_TYPE)[ApiErrorType];

/** A refusal as the vendor words it; becomes `{type:"error", error:{type, message}, request_id}`. */
export class ApiError extends Error {
  readonly type: ApiErrorType;
  readonly status: number;

  constructor(type: ApiErrorType, message: string, status: number = STATUS_BY_ERROR_TYPE[type]) {
    super(message);
    this.name = "ApiError";
    this.type = type;
    this.status = status;
  }
}

export const invalidRequest = (message: string): ApiError => new ApiError("invalid_request_error", message);

export const errorTypeOf = (status: ApiErrorStatus): ApiErrorType => {
  const types = Object.keys(STATUS_BY_ERROR_TYPE) as ApiErrorType[];
  return types.find((type) => STATUS_BY_ERROR_TYPE[type] === status) ?? "api_error";
};

export interface ErrorBody {
  readonly type: "error";
  readonly error: { readonly type: ApiErrorType; readonly message: string };
  readonly request_id: string;
}

export const errorBody = (options: { type: ApiErrorType; message: string; requestId: string }): ErrorBody => ({
  type: "error",
  error: { type: options.type, message: options.message },
  request_id: options.requestId,
});
