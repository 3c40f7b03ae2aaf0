package org.sparklora.s3;

/** What can go wrong with one request to a store. */
public enum Fault {
  /** It is served. */
  NONE,
  /** 500 InternalError; the request has had no effect. */
  INTERNAL_ERROR,
  /** 503 SlowDown; the request has had no effect. */
  SLOW_DOWN,
  /** The connection is reset; the request has had no effect. */
  RESET,
  /** The request takes effect, and the connection is reset instead of the answer. */
  LOST_RESPONSE,
  /** The request takes effect, and the connection is reset in the middle of the answer. */
  CUT_RESPONSE
}
