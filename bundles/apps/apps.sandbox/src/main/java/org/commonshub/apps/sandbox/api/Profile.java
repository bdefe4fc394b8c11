package org.commonshub.apps.sandbox.api;

/** Kinds of third-party bundles: which packages and services they get, and which they offer. */
public enum Profile {
  APP,
  DRIVER,
  POLICY,
  LEDGER
}
