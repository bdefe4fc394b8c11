package org.commonshub.metering.broker;

/** The way to one client. Calls return at once. */
interface Outlet {
  /** Sends, after all that was sent before. */
  void write(byte[] bytes);

  /** Bytes written that the network did not take yet. */
  int waiting();

  /** Closes once all is sent. Nothing comes from it any more. */
  void end();
}
