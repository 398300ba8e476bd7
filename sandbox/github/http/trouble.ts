/** Answers of a GitHub in trouble, and of one that has had enough of a client. */
import type { FaultKind } from "../../faults.ts";
import type { TokenDocument } from "../store.ts";
import type { Answer } from "./route.ts";

const LIMITS_PAGE = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";

function answer(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { message, documentation_url: LIMITS_PAGE, status: String(status) } };
}

/** The primary limit is reached. */
export function limitAnswer(grant: TokenDocument | undefined): Answer {
  const whose = grant ? `for user ${grant.login}` : "for 127.0.0.1";
  return answer(403, `API rate limit exceeded ${whose}.`, { "X-RateLimit-Remaining": "0" });
}

/** What a planned fault answers; undefined where the request does its work all the same. */
export function faultAnswer(
  fault: FaultKind | undefined,
  grant: TokenDocument | undefined,
): Answer | undefined {
  switch (fault) {
    case "500":
      return answer(500, "Server Error");
    case "503":
      return answer(503, "Service unavailable");
    case "429":
      return answer(429, "Too Many Requests", { "Retry-After": "1" });
    case "primary-limit":
      return limitAnswer(grant);
    case "secondary-limit":
      return answer(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        { "Retry-After": "1" },
      );
    default:
      return undefined;
  }
}

/** A fault of the simulation itself: it must not look like an answer. */
export function broken(problem: string): Answer {
  return { status: 500, body: { message: `The simulation is wrong: ${problem}`, status: "500" } };
}

/** What there is nothing at. */
export function notFound(): Answer {
  return {
    status: 404,
    body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
  };
}
