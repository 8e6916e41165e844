import { useQuery } from '@apollo/client/react';
import { AccountDocument } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, count, words } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { ApiKeys } from './api-keys.tsx';
import { Members } from './members.tsx';
import { Profile } from './profile.tsx';
import { WorkspaceChoice } from './workspace-choice.tsx';

const TABS = [
  ['you', 'You'],
  ['keys', 'API keys'],
  ['members', 'Members'],
] as const;

export function AccountPage() {
  const { data, error } = useQuery(AccountDocument);
  const [tab] = useAddress('tab', 'you');
  const viewer = data?.viewer;
  const { usage, quota } = viewer?.workspace ?? {};
  return (
    <Page title="Account" above={viewer?.workspace.name ?? ' '}>
      <ErrorNotice error={error} />
      <Facts
        facts={[
          ['Your role', viewer ? words(viewer.role) : '…'],
          ['Datasets', usage ? count(usage.datasets) : '…'],
          ['Files', usage && quota ? `${bytes(usage.datasetBytes)} of ${bytes(quota.maxTotalDatasetBytes)}` : '…'],
          ['Runs', usage ? count(usage.runs) : '…'],
          [
            'Batch predictions',
            usage && quota
              ? `${count(usage.batchPredictions)}, ${bytes(usage.batchPredictionBytes)} of ${bytes(quota.maxTotalPredictionBytes)}`
              : '…',
          ],
          ['Models', usage && quota ? `${count(usage.artifacts)}, ${bytes(usage.artifactBytes)}` : '…'],
        ]}
      />
      {viewer && <WorkspaceChoice viewer={viewer} />}
      <Tabs label="Account" current={tab} tabs={TABS} />
      {tab === 'you' && viewer && <Profile name={viewer.user?.name ?? ''} email={viewer.user?.email ?? ''} />}
      {tab === 'keys' && <ApiKeys />}
      {tab === 'members' && <Members />}
    </Page>
  );
}
