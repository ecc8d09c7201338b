# The main program of a container: says that it started, then serves a page. It stays the container's
# first process, so that killing it ends the container.
trap 'exit 0' TERM
read -r up rest </proc/uptime
mkdir -p /tmp/www
echo "$HOSTNAME" >/tmp/www/index.html
httpd -f -p 8080 -h /tmp/www &
echo "C $CHAOS_DEPLOYMENT $HOSTNAME $up $(hostname -i | tail -n 1) $CHAOS_MARK" >>/evidence/starts/log
wait
