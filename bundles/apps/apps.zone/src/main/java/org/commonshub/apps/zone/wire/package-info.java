/** What hub and zone say to each other; both sides use the same classes. */
package org.commonshub.apps.zone.wire;
