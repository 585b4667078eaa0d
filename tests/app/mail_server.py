"""A mail server that nobody here wrote (Debian's Exim), on loopback with a configuration of its own: STARTTLS, log-in, a Maildir
for in.test, refusals for unknown@in.test and every other domain. Needs no rights."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

EXIM = shutil.which("exim4", path=os.environ.get("PATH", "") + ":/usr/sbin")

CONFIG = """
exim_user = {user}
exim_group = {group}
spool_directory = {root}/spool
log_file_path = {root}/log/%slog
pid_file_path = {root}/exim.pid
primary_hostname = mail.relay.test
domainlist local = in.test
acl_smtp_rcpt = rcpt
acl_smtp_data = text
acl_smtp_mail = mail
tls_advertise_hosts = {tls_hosts}
tls_certificate = {root}/chain.pem
tls_privatekey = {root}/key.pem
auth_advertise_hosts = {auth_hosts}
never_users =
deliver_drop_privilege = true
host_lookup =
rfc1413_hosts =
log_selector = +smtp_protocol_error
queue_only = false
begin acl
mail:
{mail_rule}
  accept
rcpt:
  deny message = 5.1.1 no such mailbox
       local_parts = unknown
  defer message = 4.2.0 busy
       condition = ${{if exists{{{root}/busy}}}}
  accept domains = in.test
  accept domains = relay.test
         verify = recipient
  deny message = 5.7.1 relaying denied
text:
  accept condition = ${{if exists{{{root}/slow}}}}
         delay = 13s
  accept
begin routers
{router}
box:
  driver = accept
  domains = in.test
  transport = maildir
begin transports
{transport}
maildir:
  driver = appendfile
  directory = {root}/mail
  maildir_format
  envelope_to_add
  return_path_add
  user = {user}
  group = {group}
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{relay-user}}}}{{eq{{$auth3}}{{relay-password}}}}}}}}
  server_set_id = $auth2
"""


class MailServer:
    def __init__(self, root, port, authenticate=False, tls=True, router="", transport=""):
        if EXIM is None:
            raise RuntimeError("exim4 is not installed: packaging/install-dependencies check")
        self.root, self.port, self.process = pathlib.Path(root), port, None
        self.router, self.transport = router, transport
        for part in ("spool", "log", "mail"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        self.root / "key.pem", "-out", self.root / "chain.pem", "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        owner = pwd.getpwuid(os.getuid() or pwd.getpwnam("nobody").pw_uid)
        self.owner = owner
        rule = "  deny message = 5.7.0 log in first\n       !authenticated = *" if authenticate else ""
        (self.root / "exim.conf").write_text(CONFIG.format(root=self.root, user=owner.pw_uid, group=owner.pw_gid, mail_rule=rule,
                                                           router=router, transport=transport, tls_hosts="*" if tls else "", auth_hosts="*" if authenticate else ""))
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", f"{owner.pw_uid}:{owner.pw_gid}", self.root], check=True)

    def start(self):
        command = [EXIM, "-C", self.root / "exim.conf", "-bdf", "-oX", f"127.0.0.1.{self.port}"]
        kwargs = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with open(self.root / "stderr", "wb") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True, **kwargs)
        end = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    if connection.recv(3) == b"220":
                        return self
            except OSError:
                pass
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("exim does not start: " + (self.root / "stderr").read_text())
            time.sleep(0.1)

    def stop(self):
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
        self.process = None

    def mails(self, local_part):
        """Of one recipient; what was received, with Return-path and Envelope-to in front."""
        new = self.root / "mail" / "new"
        mark = f"Envelope-to: {local_part}@".encode()
        return [mail for mail in (path.read_bytes() for path in sorted(new.iterdir())) if mark in mail] if new.is_dir() else []

    def log(self):
        return "".join(path.read_text() for path in sorted((self.root / "log").iterdir()))
