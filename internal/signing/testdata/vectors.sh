#!/bin/sh
# Writes the keys and the signed requests of this directory with nothing but
# OpenSSL, so that the Go code is checked against the protocol's description
# and not against itself. Run it here; the keys are made only when absent.
set -eu

[ -f key.pem ] || openssl genrsa -traditional -out key.pem 2048
openssl pkcs8 -topk8 -nocrypt -in key.pem -out key-pkcs8.pem
openssl pkcs8 -topk8 -passout pass:x -in key.pem -out key-encrypted.pem
openssl rsa -in key.pem -pubout -out public-spki.pem
openssl rsa -in key.pem -RSAPublicKey_out -out public-pkcs1.pem
openssl req -x509 -new -key key.pem -days 1 -subj /CN=expired -out public-certificate.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out other-ecdsa.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key-ecdsa.pem
openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out other-ed25519.pem
openssl ecparam -name prime256v1 -genkey -noout |
	openssl req -x509 -new -key /dev/stdin -days 1 -subj /CN=ecdsa -out other-certificate.pem
openssl genrsa 512 | openssl rsa -pubout -out other-rsa512.pem

hash() { openssl dgst "-$1" -binary | base64 -w0; }

# vector FILE VERSION METHOD TARGET CANONICAL-PATH NAME BODY API-VERSION
vector() {
	algorithm=sha1
	[ "$2" = 1.3 ] && algorithm=sha256
	body_hash=$(printf %s "$7" | hash $algorithm)
	method=$(printf %s "$3" | tr a-z A-Z)
	time=2026-03-04T05:06:07Z
	name=$6
	case $2 in 1.1 | 1.2) name=$(printf %s "$6" | hash sha1) ;; esac
	if [ "$2" = 1.3 ]; then
		printf 'Method:%s\nPath:%s\nX-Ops-Content-Hash:%s\nX-Ops-Sign:version=1.3\nX-Ops-Timestamp:%s\nX-Ops-UserId:%s\nX-Ops-Server-API-Version:%s' \
			"$method" "$5" "$body_hash" "$time" "$name" "${8:-0}"
	else
		printf 'Method:%s\nHashed Path:%s\nX-Ops-Content-Hash:%s\nX-Ops-Timestamp:%s\nX-Ops-UserId:%s' \
			"$method" "$(printf %s "$5" | hash sha1)" "$body_hash" "$time" "$name"
	fi >canonical
	case $2 in
	1.0 | 1.1) openssl rsautl -sign -pkcs -inkey key.pem -in canonical 2>/dev/null ;; # pkeyutl takes hashes only
	1.2) openssl dgst -sha1 -sign key.pem canonical ;;
	1.3) openssl dgst -sha256 -sign key.pem canonical ;;
	esac >signature
	{
		printf '%s %s HTTP/1.1\r\nHost: chef.example.com\r\n' "$3" "$4"
		printf 'X-Ops-Sign: algorithm=%s;version=%s;\r\n' "$algorithm" "$2"
		printf 'X-Ops-Userid: %s\r\nX-Ops-Timestamp: %s\r\nX-Ops-Content-Hash: %s\r\n' "$6" "$time" "$body_hash"
		[ -z "${8:-}" ] || printf 'X-Ops-Server-API-Version: %s\r\n' "$8"
		base64 -w60 signature | awk '{ printf "X-Ops-Authorization-%d: %s\r\n", NR, $0 }'
		printf 'Content-Length: %d\r\n\r\n%s' "${#7}" "$7"
	} >"$1.http"
	rm canonical signature
}

long=$(printf 'n%.0s' $(seq 200))
for v in 1.0 1.1 1.2 1.3; do
	vector get-$v $v GET '/organizations/acme/nodes/web01' /organizations/acme/nodes/web01 web01 ''
	vector put-$v $v PUT '/organizations//acme/roles/a%2Fb/?force=true' '/organizations/acme/roles/a%2Fb' pivotal '{"name":"a/b"}'
	vector root-$v $v get '//' / pivotal '' 1
done
vector long-1.1 1.1 GET /users /users "$long" ''
vector long-1.2 1.2 GET /users /users "$long" ''
vector long-1.3 1.3 GET /users /users "$long" '' 2
