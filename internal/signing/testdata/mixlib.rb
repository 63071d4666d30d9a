# Signs and verifies with mixlib-authentication, the library of Chef's own
# clients: one JSON request per line on stdin, one JSON answer per line.
require "base64"
require "json"
require "openssl"
require "mixlib/authentication/signatureverification"

KEY = OpenSSL::PKey::RSA.new(File.read(ARGV.fetch(0)))
Incoming = Struct.new(:env, :method, :path, :params, :raw_post)

def sign(ask)
  signer = Mixlib::Authentication::SignedHeaderAuth.signing_object(
    http_method: ask["method"], path: ask["path"], body: Base64.decode64(ask["body"]),
    user_id: ask["user"], timestamp: ask["time"], proto_version: ask["version"],
    headers: ask["headers"]
  )
  { headers: signer.sign(KEY) }
end

def verify(ask)
  env = ask["headers"].to_h { |name, value| ["HTTP_" + name.upcase.tr("-", "_"), value] }
  env["HTTP_HOST"] = "chef.example.com"
  incoming = Incoming.new(env, ask["method"], ask["path"], {}, Base64.decode64(ask["body"]))
  verifier = Mixlib::Authentication::SignatureVerification.new
  { valid: !verifier.authenticate_user_request(incoming, KEY.public_key).nil? }
end

$stdout.sync = true
$stdin.each_line do |line|
  ask = JSON.parse(line)
  puts JSON.generate(ask["op"] == "sign" ? sign(ask) : verify(ask))
end
