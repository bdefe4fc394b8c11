package org.commonshub.console.rest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.platform.api.Accounts;

/** Finds the handler of a request, after who asks was found out and whether they may. */
final class Router {
  /** Answers a request. */
  @FunctionalInterface
  interface Handler {
    Response handle(Request request) throws Exception;
  }

  /** One operation of the API. */
  record Route(String method, String template, Access access, Handler handler) {}

  private final Services services;
  private final Sessions sessions;
  private final List<Route> routes = new ArrayList<>();
  private final List<List<String>> templates = new ArrayList<>();

  Router(Services services, Sessions sessions) {
    this.services = services;
    this.sessions = sessions;
  }

  Router add(String method, String template, Access access, Handler handler) {
    routes.add(new Route(method, template, access, handler));
    templates.add(Request.segments(template));
    return this;
  }

  List<Route> routes() {
    return List.copyOf(routes);
  }

  /**
   * @throws Problem when refused
   */
  Response handle(Request request) throws Exception {
    Route route = route(request);
    request.caller(caller(request));
    boolean changes = !route.method().equals("GET");
    Caller caller = request.caller();
    if (route.access() != Access.PUBLIC && !caller.known()) {
      route.access().check(caller);
    }
    if (changes && caller.token().isEmpty()) {
      checkCsrf(request, caller);
    }
    route.access().check(caller);
    if (changes
        && caller.readOnly()
        && route.access() != Access.PUBLIC
        && !route.template().equals("/logout")) {
      throw new Problem(
          403, "You may look at this home but not change it: its owner lets you read only.");
    }
    return route.handler().handle(request);
  }

  private Route route(Request request) {
    List<String> path = request.segments();
    int fewest = Integer.MAX_VALUE;
    for (List<String> template : templates) {
      int variables = match(template, path);
      if (variables >= 0) {
        fewest = Math.min(fewest, variables);
      }
    }
    List<String> allowed = new ArrayList<>();
    for (int i = 0; i < routes.size(); i++) {
      Route route = routes.get(i);
      if (match(templates.get(i), path) == fewest) {
        if (route.method().equals(request.method())) {
          request.variables(variables(templates.get(i), path));
          return route;
        }
        allowed.add(route.method());
        if (route.method().equals("GET")) {
          allowed.add("HEAD");
        }
      }
    }
    if (allowed.isEmpty()) {
      throw Problem.notFound("There is nothing at this address of the API.");
    }
    throw new Problem(405, "This address does not take " + request.method() + ".")
        .header("Allow", String.join(", ", allowed));
  }

  /** Number of variables if the path fits, −1 if not. */
  private static int match(List<String> template, List<String> path) {
    if (template.size() != path.size()) {
      return -1;
    }
    int variables = 0;
    for (int i = 0; i < template.size(); i++) {
      if (template.get(i).startsWith("{")) {
        if (path.get(i).isEmpty()) {
          return -1;
        }
        variables++;
      } else if (!template.get(i).equals(path.get(i))) {
        return -1;
      }
    }
    return variables;
  }

  private static Map<String, String> variables(List<String> template, List<String> path) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < template.size(); i++) {
      String part = template.get(i);
      if (part.startsWith("{")) {
        variables.put(part.substring(1, part.length() - 1), path.get(i));
      }
    }
    return variables;
  }

  private Caller caller(Request request) {
    Optional<String> authorization = request.header("Authorization");
    if (authorization.isPresent()) {
      String value = authorization.get();
      Optional<Accounts.Token> token =
          value.regionMatches(true, 0, "Bearer ", 0, 7) && value.length() < 512
              ? services.accounts().authenticate(value.substring(7).strip())
              : Optional.empty();
      if (token.isEmpty()) {
        throw new Problem(401, "The API token is unknown, has expired or was revoked.")
            .header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
      }
      return new Caller(null, Optional.empty(), token);
    }
    String cookie = request.cookie();
    return new Caller(cookie, sessions.find(cookie), Optional.empty());
  }

  private void checkCsrf(Request request, Caller caller) {
    String site = request.http().getHeader("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw new Problem(403, "Changes are accepted from the console's own pages only.");
    }
    if (caller.cookie() == null
        || !sessions.csrfMatches(caller.cookie(), request.http().getHeader("X-CSRF-Token"))) {
      throw new Problem(
          403,
          "The header X-CSRF-Token is missing or does not fit the session; read it afresh from GET"
              + " /api/v1/session.");
    }
  }
}
