// What of bundle.mjs tests import, for TypeScript.

/** Text in front of every bundled file. */
export declare const REQUIRE: string
