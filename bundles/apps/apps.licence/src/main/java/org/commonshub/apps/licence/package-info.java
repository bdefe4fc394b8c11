/**
 * Licences of apps, and the time that licences are counted in.
 *
 * <p>{@link org.commonshub.apps.licence.LicenceToken}, {@link
 * org.commonshub.apps.licence.SealedLicence} and {@link org.commonshub.apps.licence.LicenceRequest}
 * are the documents; the command lines of providers and operators use them, too, without OSGi.
 * {@link org.commonshub.apps.licence.TrustedTimeClock} is the clock; {@link
 * org.commonshub.apps.licence.Timeline} says from tokens and an instant what is paid; {@link
 * org.commonshub.apps.licence.LicenceBook} keeps them.
 */
package org.commonshub.apps.licence;
