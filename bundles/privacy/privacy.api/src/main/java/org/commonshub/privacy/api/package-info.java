/**
 * The only door through which readings leave the hub or reach a bundle of somebody else.
 *
 * <p>Three words: <b>terms</b> ({@link org.commonshub.privacy.api.Terms}) say what one side asks or
 * allows; a <b>consent</b> ({@link org.commonshub.privacy.api.Consent}) is what the prosumer said
 * yes to; a <b>policy</b> ({@link org.commonshub.privacy.api.PrivacyPolicy}) is the pure function
 * that makes values coarser until they fit the terms. What is released is what was asked ∩ what the
 * prosumer chose ∩ the operator's floor ∩ the law: {@link
 * org.commonshub.privacy.api.Terms#meet(Terms)}, the most restrictive wins.
 *
 * <p>{@code privacy.provider} (the gate) implements {@link org.commonshub.privacy.api.EnergyData},
 * {@link org.commonshub.privacy.api.PrivacyDesk}; {@code privacy.rights} implements {@link
 * org.commonshub.privacy.api.DataRights}. Apps and uplinks call {@code EnergyData} and nothing
 * else; the console calls {@code PrivacyDesk} and {@code DataRights}. {@code PrivacyPolicy} is
 * implemented by policy bundles, also by those of others, and called by the gate alone. {@link
 * org.commonshub.privacy.api.CohortSum} is implemented by {@code privacy.cohort} and called by the
 * gate; {@link org.commonshub.privacy.api.CohortSums} by it for whoever shows the community's sums.
 * While the gate is absent nothing is released.
 */
@Export
@Version("1.0.0")
package org.commonshub.privacy.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
