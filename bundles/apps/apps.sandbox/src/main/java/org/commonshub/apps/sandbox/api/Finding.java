package org.commonshub.apps.sandbox.api;

/**
 * Something in a bundle that is not allowed.
 *
 * @param where class in binary form, or path in the jar
 * @param what member or construct, {@code java.lang.Thread.<init>()V}
 * @param why one sentence for its author: what to use instead
 */
public record Finding(String where, String what, String why) {}
