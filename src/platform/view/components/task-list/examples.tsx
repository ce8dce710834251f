// Examples of task-list: drawn by the gallery, the unit tests and axe.
import { examples } from '../example.ts'
import { TaskList } from './task-list.tsx'

export const taskListExamples = examples([
  {
    name: 'states',
    draw: () => (
      <TaskList
        items={[
          { id: 't-1', title: 'Chủ đầu tư', href: '/', status: 'Đã xong', tone: 'good' },
          { id: 't-2', title: 'Gửi', href: null, hint: 'Sau khi điền đủ', status: 'Chưa gửi được', tone: 'neutral' },
        ]}
      />
    ),
  },
])
