/** To come. */
package org.commonshub.privacy.cohort;
