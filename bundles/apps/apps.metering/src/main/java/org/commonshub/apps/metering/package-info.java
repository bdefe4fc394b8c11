/** To come. */
package org.commonshub.apps.metering;
