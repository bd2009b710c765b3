"""Makes the calls that come as lines on standard input, with the SDK for Python."""
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    "stepfunctions", endpoint_url=sys.argv[1], region_name="us-east-1",
    aws_access_key_id="any", aws_secret_access_key="any",
    config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}))

for line in sys.stdin:
    call = json.loads(line)
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", call["op"]).lower()
    if not hasattr(client, name):
        answer = {"error": "Missing"}
    else:
        try:
            answer = {"output": getattr(client, name)(**call["input"])}
        except ClientError as e:
            answer = {"error": e.response["Error"]["Code"], "message": str(e)}
        except Exception as e:
            answer = {"error": type(e).__name__, "message": str(e)}
    print(json.dumps(answer, default=str), flush=True)
