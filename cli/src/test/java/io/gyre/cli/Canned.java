package io.gyre.cli;

/** Objects as the API shows them. */
final class Canned {
  static final String WEB =
      """
      {"namespace":"default","name":"web","uid":"u-1","generation":3,"revision":2,"replicas":2,
       "ready":1,"total":2,"phase":"creating","reason":"waiting","message":"1 of 2 instances ready",
       "since":"2026-11-20T17:59:30.000Z","observed_generation":3,"deleted":false,
       "runtime":"process","command":["./server","--port","8080"],
       "created_at":"2026-11-20T17:00:00.000Z","updated_at":"2026-11-20T17:59:00.000Z",
       "labels":{"tier":"front"},"spec":{"runtime":"process","environment":{"A":"yes"}}}
      """;

  static final String DB =
      """
      {"namespace":"data","name":"db","uid":"u-2","generation":1,"revision":1,"replicas":1,
       "ready":1,"total":1,"phase":"running","reason":null,"message":null,
       "observed_generation":1,"deleted":false,"runtime":"docker","image":"postgres:17",
       "created_at":"2026-11-15T18:00:00.000Z","labels":{},"spec":{}}
      """;

  static final String WEB_1 =
      """
      {"id":"web-7k2xq9","namespace":"default","deployment":"web","revision":2,"ordinal":0,
       "runtime":"process","state":"running","ready":true,"removing":false,"pid":4711,
       "container_id":null,"address":"127.0.0.1",
       "ports":[{"name":"PORT","host_ip":"127.0.0.1","port":20001,"target":20001,"protocol":"tcp"}],
       "restarts":0,"created_at":"2026-11-20T17:57:00.000Z",
       "started_at":"2026-11-20T17:57:01.000Z","last_exit":null,"reason":null,"message":null,
       "correlation":"c-1"}
      """;

  static final String WEB_2 =
      """
      {"id":"web-m4np8r","namespace":"default","deployment":"web","revision":2,"ordinal":1,
       "runtime":"process","state":"crash_looping","ready":false,"removing":false,"pid":null,
       "container_id":null,"address":null,"ports":[],"restarts":4,
       "created_at":"2026-11-20T17:57:00.000Z","started_at":"2026-11-20T17:59:50.000Z",
       "next_start_at":"2026-11-20T18:00:05.000Z",
       "last_exit":{"code":137,"signal":9,"at":"2026-11-20T17:59:55.000Z",
                    "last_lines":["starting","cannot bind: port in use"]},
       "reason":"crash_looping","message":"ended 4 times in a row","correlation":"c-1"}
      """;

  static final String DB_1 =
      """
      {"id":"db-aaaaaa","namespace":"data","deployment":"db","revision":1,"ordinal":0,
       "runtime":"docker","state":"running","ready":true,"removing":false,"pid":99,
       "container_id":"0123456789abcdef0123456789abcdef","address":"172.18.0.2",
       "ports":[{"name":"5432","host_ip":"0.0.0.0","port":15432,"target":5432,"protocol":"udp"}],
       "restarts":1,"created_at":"2026-11-15T18:00:00.000Z","started_at":"2026-11-15T18:00:01.000Z",
       "last_exit":{"code":1,"signal":0,"at":"2026-11-20T15:00:00.000Z","last_lines":[]},
       "correlation":"c-2"}
      """;

  static final String EVENT =
      """
      {"seq":7,"at":"2026-11-20T17:59:55.000Z","level":"warning","namespace":"default",
       "deployment":"web","instance":"web-m4np8r","reason":"exited",
       "message":"ended with code 137","correlation":"c-1"}
      """;

  private Canned() {}

  static String items(String... items) {
    return "{\"items\":[" + String.join(",", items) + "],\"continue\":\"\"}";
  }

  static String events(long lastSeq, String... events) {
    return "{\"items\":[" + String.join(",", events) + "],\"last_seq\":" + lastSeq + "}";
  }

  static String oneLine(String json) {
    return json.replaceAll("\\s*\n\\s*", "");
  }

  /** With what {@code gyre get} asks for. */
  static FakeApi api() {
    return new FakeApi()
        .on("GET /v1/deployments", items(WEB, DB))
        .on("GET /v1/namespaces/default/deployments/web", WEB)
        .on("GET /v1/namespaces/data/deployments/db", DB)
        .on("GET /v1/instances", items(WEB_1, WEB_2))
        .on("GET /v1/instances/web-7k2xq9", WEB_1)
        .on("GET /v1/instances/web-m4np8r", WEB_2)
        .on("GET /v1/events", events(7, EVENT))
        .on(
            "GET /v1/runtimes",
            items(
                """
                {"name":"process","version":"0.1.0","state":"ready","message":null,
                 "capabilities":["exec","logs"],"source":"bundled","since":"2026-11-20T17:00:00.000Z"}
                """))
        .on(
            "GET /v1/namespaces",
            items(
                "{\"name\":\"default\",\"created_at\":\"2026-11-20T17:00:00.000Z\"}",
                "{\"name\":\"data\",\"created_at\":\"2026-11-20T17:00:00.000Z\"}"));
  }
}
