/**
 * The services of running apps, counted and bounded. {@code AppHostsComponent} opens a {@code
 * Session} per running version; threads, quotas and files are described in the README.
 */
package org.commonshub.apps.host;
