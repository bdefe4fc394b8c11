package org.commonshub.console.rest;

import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.ReadingSink;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.servlet.whiteboard.HttpWhiteboardConstants;

/** Puts the API, its guard and its live sink on the whiteboard, and takes them off again. */
@Component(
    service = {},
    configurationPid = "org.commonshub.console.rest")
@Designate(ocd = Console.Config.class)
public final class Console {
  /** Settings of the console. */
  @ObjectClassDefinition(
      name = "Console",
      description = "How people reach the hub's console and how long they stay logged in.")
  public @interface Config {
    @AttributeDefinition(
        name = "Host names",
        description =
            "Names under which browsers may reach this hub besides localhost and its addresses,"
                + " for example hub.local. Default: none.",
        required = false)
    String[] hostNames() default {};

    @AttributeDefinition(
        name = "Idle time",
        description =
            "Minutes after which an unused log-in ends; an open page that shows live values counts"
                + " as use. Default: 60.",
        min = "1",
        max = "10080")
    int idleMinutes() default 60;

    @AttributeDefinition(
        name = "Longest log-in",
        description = "Hours after which every log-in ends. Default: 168 (a week).",
        min = "1",
        max = "8760")
    int maxHours() default 168;
  }

  private final Api api;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

  @Activate
  public Console(
      BundleContext context, @Reference(name = "services") Services services, Config config) {
    String version = context.getProperty("org.commonshub.version");
    api =
        new Api(
            services,
            new Api.Setup(
                version == null ? context.getBundle().getVersion().toString() : version,
                List.of(config.hostNames()),
                Duration.ofMinutes(config.idleMinutes()),
                Duration.ofHours(config.maxHours()),
                System::nanoTime));
    registrations.addAll(register(context, api));
  }

  /** Takes new settings without a restart: nobody is logged out, no stream ends. */
  @Modified
  void modified(Config config) {
    api.guard().names(List.of(config.hostNames()));
    api.sessions()
        .limit(Duration.ofMinutes(config.idleMinutes()), Duration.ofHours(config.maxHours()));
  }

  /** Registers everything with the whiteboards; the guard first. */
  static List<ServiceRegistration<?>> register(BundleContext context, Api api) {
    List<ServiceRegistration<?>> registrations = new ArrayList<>();
    registrations.add(
        register(
            context,
            Filter.class,
            api.guard(),
            Map.of(
                HttpWhiteboardConstants.HTTP_WHITEBOARD_FILTER_PATTERN,
                "/*",
                HttpWhiteboardConstants.HTTP_WHITEBOARD_FILTER_NAME,
                "console.rest guard",
                HttpWhiteboardConstants.HTTP_WHITEBOARD_FILTER_ASYNC_SUPPORTED,
                true,
                Constants.SERVICE_RANKING,
                Integer.MAX_VALUE)));
    registrations.add(
        register(
            context,
            Servlet.class,
            api.servlet(),
            Map.of(
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_PATTERN, "/api/v1/*",
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_NAME, "console.rest api",
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_ASYNC_SUPPORTED, true)));
    // Without it, an address that nobody serves would be answered before the guard is asked.
    registrations.add(
        register(
            context,
            Servlet.class,
            new Nothing(),
            Map.of(
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_PATTERN, "/",
                HttpWhiteboardConstants.HTTP_WHITEBOARD_SERVLET_NAME, "console.rest nothing",
                Constants.SERVICE_RANKING, Integer.MIN_VALUE)));
    registrations.add(
        register(
            context,
            ReadingSink.class,
            api.live(),
            Map.of(ReadingSink.NAME, "console.rest", ReadingSink.KIND, ReadingSink.LIVE)));
    return registrations;
  }

  private static <T> ServiceRegistration<T> register(
      BundleContext context, Class<T> type, T service, Map<String, Object> properties) {
    return context.registerService(type, service, FrameworkUtil.asDictionary(properties));
  }

  @Deactivate
  void deactivate() {
    unregister(registrations);
    api.close();
  }

  static void unregister(List<ServiceRegistration<?>> registrations) {
    for (int i = registrations.size() - 1; i >= 0; i--) {
      try {
        registrations.get(i).unregister();
      } catch (IllegalStateException e) {
        // The framework was quicker.
      }
    }
  }

  /** 404 for what nobody serves. */
  private static final class Nothing extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest http, HttpServletResponse answer) throws IOException {
      ApiServlet.write(
          Problem.notFound("There is nothing at this address.").response(), http, answer);
    }
  }
}
