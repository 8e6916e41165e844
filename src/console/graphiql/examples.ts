/** A tab of GraphiQL with a worked example. */
interface Example {
  readonly query: string;
  readonly variables?: string;
}

const WELCOME = `# Welcome to Trainyard's API.
# Each tab is a step: run it with Ctrl-Enter.
#
# Whoever is signed in at the console is signed in
# here. Without the console, sign up like this:
#
# mutation {
#   signUp(input: {
#     email: "ada@example.com"
#     password: "correct horse"
#   }) { viewer { id } }
# }

query WhoAmI {
  viewer {
    role
    user { email }
    workspace {
      name
      usage { datasets runs artifacts }
    }
  }
  limits {
    maxUploadBytes
    allowedUploadExtensions
    algorithms
  }
}
`;

const UPLOAD = `# A file is sent as a multipart form, which
# GraphiQL cannot make; curl can. KEY is a key
# from the console's account page.
#
# curl ORIGIN/graphql \\
#  -H "authorization: Bearer KEY" \\
#  -H "apollo-require-preflight: true" \\
#  -F operations='{"query": "mutation ($file:
#     Upload!) { uploadDataset(file: $file) {
#     dataset { id } report { issues { message }
#     } } }", "variables": {"file": null}}' \\
#  -F map='{"0": ["variables.file"]}' \\
#  -F 0=@examples/data/telco-churn.csv
#
# Then the dataset is here:

query Datasets {
  datasets(first: 5) {
    nodes {
      id
      name
      version
      rowCount
      columnCount
      suggestedTarget
      suggestedTask
    }
  }
}
`;

const START = `# Queues a training. All but datasetId has a
# default; "algorithms" lists the parameters.

mutation StartTraining($datasetId: ID!) {
  startTraining(input: {
    datasetId: $datasetId
    algorithm: GRADIENT_BOOSTING
  }) {
    id
    target
    task
    status
    queuePosition
  }
}
`;

const SUBSCRIBE = `# The run as it is now, then on every change.
# It completes when the run has ended.

subscription Follow($runId: ID!) {
  trainingProgress(runId: $runId) {
    status
    stage
    progress
    etaSeconds
    metrics {
      primary { name value low high }
    }
    baseline { primary { value } }
    artifact { id }
  }
}
`;

const TRENDS = `# How the latest runs have done, newest first.

query Trends {
  metricTrends(limit: 10) {
    createdAt
    datasetName
    datasetVersion
    algorithm
    metrics { task primary { name value } }
  }
  metricsSummary(limit: 50) {
    count
    accuracy { best latest mean }
    r2 { best latest mean }
  }
}
`;

const PREDICT = `# One object per row, with a value for each
# column that the model reads: "inputs".

query Predict(
  $artifactId: ID!
  $rows: [JSONObject!]!
) {
  artifact(id: $artifactId) {
    inputs { name kind median categories(limit: 5) }
  }
  predict(artifactId: $artifactId, rows: $rows) {
    predictions {
      label
      value
      probabilities { label probability }
      contributions { feature value contribution }
      warnings { column message }
    }
  }
}
`;

/** The tabs that GraphiQL opens with, from the first look to a prediction. */
export const EXAMPLES: readonly Example[] = [
  { query: WELCOME },
  { query: UPLOAD.replace('ORIGIN', window.location.origin) },
  { query: START, variables: '{ "datasetId": "" }' },
  { query: SUBSCRIBE, variables: '{ "runId": "" }' },
  { query: TRENDS },
  { query: PREDICT, variables: '{ "artifactId": "", "rows": [{}] }' },
];
