# Varnish before two servers: /etc/varnish/default.vcl
# varnishd -a 192.0.2.10:80 -f /etc/varnish/default.vcl -s malloc,256m -p http_gzip_support=off
# With its own support of gzip it asks for nothing else, and unpacks that for some under a weak entity-tag.
vcl 4.1;

import directors;

probe health {
    .request =
        "GET /-/health HTTP/1.1"
        "Host: balancer"
        "Connection: close";
    .interval = 1s;
    .timeout = 1s;
    .window = 3;
    .threshold = 2;
    # In service from the start.
    .initial = 2;
}

backend one {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 1s;
    .probe = health;
}

backend two {
    .host = "127.0.0.1";
    .port = "8081";
    .connect_timeout = 1s;
    .probe = health;
}

sub vcl_init {
    new servers = directors.round_robin();
    servers.add_backend(one);
    servers.add_backend(two);
}

sub vcl_recv {
    set req.backend_hint = servers.backend();

    # Varnish takes no more than one range, and refuses others. Without the field all of the file is sent.
    if (req.http.Range ~ ",") {
        unset req.http.Range;
    }
}

sub vcl_backend_response {
    # A file that does not say how long it may be kept is asked for again after a second, by its entity-tag.
    if (!beresp.http.Cache-Control && !beresp.http.Expires) {
        set beresp.ttl = 1s;
        set beresp.keep = 1h;
    }
}
