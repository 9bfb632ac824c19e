"""What a program in Python does with S3, ending with an exception where anything is not as it should be; prints a presigned URL."""

import base64
import hashlib
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, signature, bucket, folder = sys.argv[1:]
proxy = os.environ["PROXY"]

# Releases before 1.36 know no such options: they do what these say, and send Content-MD5 by themselves.
checksums = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
known = {name: value for name, value in checksums.items() if name in Config.OPTION_DEFAULTS}

s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    config=Config(
        signature_version=signature,
        s3={"addressing_style": "path"},
        proxies={"http": proxy, "https": proxy},
        retries={"total_max_attempts": 1},
        **known,
    ),
)


def code_of(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "none"


s3.create_bucket(Bucket=bucket)
assert bucket in [each["Name"] for each in s3.list_buckets()["Buckets"]]

name = "a b+c%ü.txt"
key = "odd/" + name
s3.upload_file(os.path.join(folder, name), bucket, key, ExtraArgs={"Metadata": {"color": "blue"}})
answer = s3.get_object(Bucket=bucket, Key=key)
assert answer["Body"].read() == b"small"
assert answer["Metadata"] == {"color": "blue"}
assert code_of(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"other")) == "OperationAborted"
assert code_of(lambda: s3.get_object(Bucket=bucket, Key="missing")) == "NoSuchKey"

parts = TransferConfig(multipart_threshold=16 * 1024**2, multipart_chunksize=8 * 1024**2)
large = os.path.join(folder, "large.bin")
s3.upload_file(large, bucket, "large.bin", Config=parts)
s3.download_file(bucket, "large.bin", large + bucket, Config=parts)
with open(large, "rb") as ours, open(large + bucket, "rb") as theirs:
    assert ours.read() == theirs.read()
os.remove(large + bucket)

tree = os.path.join(folder, "tree")
keys = []
for at, _, names in os.walk(tree):
    for each in names:
        path = os.path.join(at, each)
        keys.append("tree/" + os.path.relpath(path, tree))
        s3.upload_file(path, bucket, keys[-1])
found = [
    each["Key"]
    for version in ["list_objects", "list_objects_v2"]
    for page in s3.get_paginator(version).paginate(Bucket=bucket, Prefix="tree/", PaginationConfig={"PageSize": 30})
    for each in page["Contents"]
    if not each["Key"].endswith("/")
]
assert sorted(found) == sorted(keys * 2), (len(found), len(keys))

# HCP wants Content-MD5 here, which this client has not sent by itself since 2025.
deletion = {"Objects": [{"Key": each} for each in keys[:50]]}
if known:
    assert code_of(lambda: s3.delete_objects(Bucket=bucket, Delete=deletion)) == "InvalidRequest"


def add_md5(request, **_):
    request.headers["Content-MD5"] = base64.b64encode(hashlib.md5(request.body).digest()).decode()


if known:
    s3.meta.events.register("before-sign.s3.DeleteObjects", add_md5)
answer = s3.delete_objects(Bucket=bucket, Delete=deletion)
assert len(answer["Deleted"]) == 50 and "Errors" not in answer

s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
s3.put_object(Bucket=bucket, Key="versions", Body=b"1")
s3.put_object(Bucket=bucket, Key="versions", Body=b"22")
versions = s3.list_object_versions(Bucket=bucket, Prefix="versions")["Versions"]
assert [each["Size"] for each in versions] == [1, 2], versions

print(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=600))
