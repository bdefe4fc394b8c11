package org.commonshub.console.rest;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.commonshub.apps.desk.api.Catalogues;

/** Which catalogues of apps the hub follows: the prosumer's choice. */
final class CataloguesApi {
  private static final int MAX_ROOT = 128 * 1024;
  private static final int MAX_URL = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,32}");

  private final Services services;
  private final Deferred waiting;

  CataloguesApi(Services services, Executor background) {
    this.services = services;
    this.waiting =
        new Deferred(
            background,
            4,
            "Catalogues are being fetched already; wait for them.",
            "The catalogue is slow: fetching it goes on, look again in a few minutes.");
  }

  Router register(Router router) {
    return router
        .add("GET", "/catalogues", Access.OWNER, this::sources)
        .add("POST", "/catalogues", Access.OWNER, this::follow)
        .add("DELETE", "/catalogues/{source}", Access.OWNER, this::unfollow)
        .add("POST", "/catalogues/{source}/refresh", Access.OWNER, this::refresh);
  }

  private Response sources(Request request) {
    List<Catalogues.Source> sources = services.catalogues().sources();
    return Response.json(
        g -> {
          g.writeStartArray();
          for (Catalogues.Source each : sources) {
            AppsJson.source(g, each);
          }
          g.writeEndArray();
        });
  }

  /** The person compared the fingerprint: what they typed has to be that of the file they chose. */
  private Response follow(Request request) throws IOException {
    Body body = request.json();
    String name = body.string("name", 32);
    String address = body.string("url", MAX_URL).strip();
    String file = body.string("root", MAX_ROOT * 4 / 3 + 4);
    String typed = body.string("fingerprint", 256);
    body.done();
    if (!NAME.matcher(name).matches()) {
      throw Problem.invalid("name", "A name has 1 to 32 of a-z, 0-9 and hyphens.");
    }
    URI url = url(address);
    byte[] root = root(file);
    Catalogues catalogues = services.catalogues();
    String actor = request.caller().actor();
    String fingerprint = AppsApi.ask("root", () -> catalogues.fingerprint(root));
    if (!plain(typed).equals(plain(fingerprint))) {
      services.audit(actor, "catalogue.follow", name + " " + url, "refused");
      throw Problem.invalid(
          "fingerprint",
          "This is not the fingerprint of the root file: ask the operator again, and follow nothing"
              + " until they agree.");
    }
    AppsApi.ask(
        "root",
        () -> {
          catalogues.follow(name, url, root, actor);
          return null;
        });
    Catalogues.Source source = source(catalogues, name);
    services.audit(actor, "catalogue.follow", name + " " + url, "ok");
    return Response.json(201, "application/json", g -> AppsJson.source(g, source));
  }

  private static URI url(String address) {
    try {
      URI url = URI.create(address.endsWith("/") ? address : address + "/");
      if (url.isAbsolute() && url.getUserInfo() == null && url.getFragment() == null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // below
    }
    throw Problem.invalid("url", "The address must be like https://apps.example/metadata/.");
  }

  private static byte[] root(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw Problem.invalid("root", "The root file did not arrive whole; choose it again.");
    }
  }

  private static String plain(String fingerprint) {
    return fingerprint.replaceAll("[\\s:]", "").toLowerCase(Locale.ROOT);
  }

  private static Catalogues.Source source(Catalogues catalogues, String name) {
    return catalogues.sources().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> Problem.notFound("This hub follows no catalogue of that name."));
  }

  private Response unfollow(Request request) {
    Catalogues catalogues = services.catalogues();
    String name = source(catalogues, request.variable("source")).name();
    String actor = request.caller().actor();
    AppsApi.ask(
        "",
        () -> {
          catalogues.unfollow(name, actor);
          return null;
        });
    services.audit(actor, "catalogue.unfollow", name, "ok");
    return Response.noContent();
  }

  private Response refresh(Request request) {
    Catalogues catalogues = services.catalogues();
    String name = source(catalogues, request.variable("source")).name();
    return waiting.later(
        () -> catalogues.refresh(name),
        PATIENCE,
        source -> Response.json(g -> AppsJson.source(g, source)));
  }
}
