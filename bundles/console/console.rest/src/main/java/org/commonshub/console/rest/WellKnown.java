package org.commonshub.console.rest;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.HubIdentity;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * The hub's DID document (did:web, W3C) and key log (did:webvh) where resolvers look for them. For
 * everybody, so only public keys, and only while the owner has given the hub a did:web by a host
 * name under Identity; nothing at all else.
 */
@Component(
    service = Servlet.class,
    property = {
      "osgi.http.whiteboard.servlet.pattern=" + WellKnown.DOCUMENT,
      "osgi.http.whiteboard.servlet.pattern=" + WellKnown.LOG,
      "osgi.http.whiteboard.servlet.name=console.rest well-known"
    })
public final class WellKnown extends HttpServlet {
  static final String DOCUMENT = "/.well-known/did.json";
  static final String LOG = "/.well-known/did.jsonl";

  private static final long serialVersionUID = 1L;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  transient volatile HubIdentity identity;

  @Override
  protected void doGet(HttpServletRequest http, HttpServletResponse answer) throws IOException {
    HubIdentity hub = identity;
    Optional<String> web =
        hub == null
            ? Optional.empty()
            : hub.aliases().stream().filter(alias -> alias.startsWith("did:web:")).findFirst();
    ApiServlet.write(
        web.isEmpty()
            ? Problem.notFound("There is nothing at this address.").response()
            : answer(http.getServletPath(), hub, web.get()),
        http,
        answer);
  }

  private static Response answer(String path, HubIdentity hub, String web) {
    Response response =
        path.equals(LOG)
            ? Response.bytes("text/jsonl", hub.keyLog())
            : Response.bytes(
                "application/did+json", Json.bytes(g -> Json.write(g, document(hub, web))));
    return response
        .header("Cache-Control", "no-cache")
        .header("Access-Control-Allow-Origin", "*")
        .header("Cross-Origin-Resource-Policy", "cross-origin");
  }

  private static Map<String, Object> document(HubIdentity hub, String web) {
    String key = hub.key().multikey();
    String id = web + "#" + key;
    return Map.of(
        "@context",
        List.of("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"),
        "id",
        web,
        "alsoKnownAs",
        List.of(hub.did(), "did:key:" + key),
        "verificationMethod",
        List.of(Map.of("id", id, "type", "Multikey", "controller", web, "publicKeyMultibase", key)),
        "authentication",
        List.of(id),
        "assertionMethod",
        List.of(id));
  }
}
