/**
 * Reads jars and class files of others and says what in them is not allowed. Needs the JDK only:
 * the hub uses it at installation and at definition time, tools of providers on their class path.
 * Nothing of what is read is loaded. All classes are thread-safe or for one thread at a time, as
 * said.
 */
package org.commonshub.apps.sandbox.check;
