/** Driver {@code vedirect}: solar chargers, battery monitors and inverters of Victron Energy. */
package org.commonshub.metering.vedirect;
