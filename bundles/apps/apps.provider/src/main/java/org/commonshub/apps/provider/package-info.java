/** The desk of third-party apps: installs, starts, updates, stops and removes them. */
package org.commonshub.apps.provider;
