/** To come. */
package org.commonshub.metering.p1;
