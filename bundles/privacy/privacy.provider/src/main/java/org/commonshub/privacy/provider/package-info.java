/** To come. */
package org.commonshub.privacy.provider;
