package org.commonshub.apps.catalogue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Target;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.ManifestException;

/** What operator and provider both vouch for, with the same length and digest. */
final class Offers {
  /** By app, newest first. */
  static final Comparator<Listing> ORDER =
      Comparator.comparing((Listing listing) -> listing.manifest().id())
          .thenComparing(listing -> listing.manifest().version(), Comparator.reverseOrder())
          .thenComparing(Listing::source);

  private Offers() {}

  /** Path of a package of a provider's. */
  static String path(AppManifest manifest) {
    return manifest.provider().id() + "/" + manifest.id() + "-" + manifest.version() + ".jar";
  }

  /**
   * All listings of a catalogue.
   *
   * @param problems gets a sentence for each entry that both list and that is wrong
   */
  static List<Listing> all(
      String source,
      Root root,
      Targets operator,
      SortedMap<String, Targets> providers,
      List<String> problems) {
    List<Listing> listings = new ArrayList<>();
    for (Map.Entry<String, Targets> provider : providers.entrySet()) {
      for (String path : provider.getValue().targets().keySet()) {
        if (operator.targets().containsKey(path)) {
          try {
            listings.add(one(source, root, operator, provider.getKey(), provider.getValue(), path));
          } catch (MetadataException e) {
            problems.add(path + ": " + e.getMessage());
          }
        }
      }
    }
    listings.sort(ORDER);
    return List.copyOf(listings);
  }

  /**
   * One listing.
   *
   * @throws MetadataException if the two do not agree, or the manifest can't be read
   */
  static Listing one(
      String source, Root root, Targets operator, String provider, Targets own, String path)
      throws MetadataException {
    Target theirs = own.targets().get(path);
    Target ours = operator.targets().get(path);
    Role role = operator.delegations().get(provider);
    if (theirs == null || ours == null || role == null) {
      throw new MetadataException("provider and operator do not both list it");
    }
    if (!theirs.sameFile(ours)) {
      throw new MetadataException("provider and operator list different files");
    }
    if (theirs.length() < 1 || theirs.length() > Metadata.MAX_PACKAGE) {
      throw new MetadataException("a package has 1 to " + Metadata.MAX_PACKAGE + " bytes");
    }
    AppManifest manifest = manifest(theirs);
    if (!manifest.provider().id().equals(provider) || !path(manifest).equals(path)) {
      throw new MetadataException("it is the place of another app than " + manifest.id());
    }
    Fields terms = ours.custom();
    Optional<String> withdrawn = withdrawn(ours);
    return new Listing(
        source,
        root.operator(),
        manifest,
        path,
        theirs.length(),
        theirs.sha256(),
        terms.has("fee_permille") ? (int) terms.integer("fee_permille", 0, 1000) : 0,
        withdrawn.isPresent() ? withdrawn : withdrawn(theirs),
        role.list(),
        root.licenceKeys());
  }

  /** Why whoever listed a target took it back. */
  static Optional<String> withdrawn(Target target) throws MetadataException {
    return target.custom().has("withdrawn")
        ? Optional.of(target.custom().text("withdrawn", 300))
        : Optional.empty();
  }

  /** The manifest that a provider signed. */
  static AppManifest manifest(Target target) throws MetadataException {
    Map<String, Object> map = new TreeMap<>();
    target
        .custom()
        .object("manifest")
        .map()
        .forEach((name, value) -> map.put(name.toString(), value));
    try {
      return ManifestCodec.of(map);
    } catch (ManifestException e) {
      throw new MetadataException(e.getMessage(), e);
    }
  }
}
