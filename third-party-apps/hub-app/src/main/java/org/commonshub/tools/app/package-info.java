/** {@code hub-app}: from a key to an app that is listed, and an emulator on the way. */
package org.commonshub.tools.app;
