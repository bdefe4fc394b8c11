package org.commonshub.apps.desk.api;

/** Where an app's code runs. */
public enum Place {
  /** In the hub's own process, checked and fenced; for those the operator trusts. */
  INSIDE,
  /** In a process of its provider's own, without files and network. */
  ZONE
}
