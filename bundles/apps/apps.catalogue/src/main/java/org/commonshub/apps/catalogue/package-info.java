/**
 * Catalogues of apps: repositories in the shape of The Update Framework 1.0.
 *
 * <p>{@code CatalogueService} follows them for the hub. {@link
 * org.commonshub.apps.catalogue.RepositoryWriter}, {@link
 * org.commonshub.apps.catalogue.ProviderTargets}, {@link org.commonshub.apps.catalogue.SigningKey}
 * and {@link org.commonshub.apps.catalogue.PackageCheck} know nothing of OSGi: the operator's and
 * the provider's tools use them on a class path.
 */
package org.commonshub.apps.catalogue;
